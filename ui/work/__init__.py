"""Work off the GUI thread, timers, and the one-instance lock."""
