"""Statements (分析报告): figures stored with their hash, reviewed, handed on; as mail, page and workbook."""
