"""One implementation of each component. Widgets show and emit; what they show is decided in `ui.models`."""
