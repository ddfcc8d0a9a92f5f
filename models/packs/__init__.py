"""Rule packs from their files: read, checked, cited, and the reference of their language."""
