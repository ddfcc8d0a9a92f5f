"""What people read and write, in every language: the catalogue of sentences, the vocabulary, regulations in words."""
