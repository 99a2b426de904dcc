"""Several tasks: one trunk for all of them beside one model for each, properly trained; what sharing gave and saved."""
