"""A run on disk: the folder that trainer, command line and window share."""
