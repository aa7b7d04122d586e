"""The gradebook's database: its address, tables, transactions and migrations."""
