"""Starting, watching and ending trainer processes."""
