"""Documentation for callers at /docs/: guides, generated references, limits, changelog."""
