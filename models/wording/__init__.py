"""A regulation in words: each rule as one readable sentence, Chinese and English."""
