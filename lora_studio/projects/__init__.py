"""A project: one folder that knows its pictures, its recipe and its runs; it writes only inside that folder."""
