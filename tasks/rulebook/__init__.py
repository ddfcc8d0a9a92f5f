"""A regulation as a page to read and print: sentences, pictures of a made-up case, duties of the year."""
