"""The window around the pages: rail, header, bottom bar, shortcuts, notices."""
