"""A run in the formats that other tools of the field read: traffic captures, tables, truth."""
