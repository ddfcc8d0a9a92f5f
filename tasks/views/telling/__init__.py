"""A case's story in words, Chinese first, then English: one sentence for one thing, wherever it is shown.

What is known is named (`level`, `due`), and `label` gives the name its words; whoever shows it picks and frames. Texts
are as people typed them: the frame makes them harmless where it shows them.
"""
