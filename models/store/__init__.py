"""The database: tables, transactions, statements over many rows, migrations."""
