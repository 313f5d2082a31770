"""Pages as a reader sees them, in a headless Chromium."""
