"""Fetch Oxford-IIIT Pet (placeholder until the real one lands in minutes)."""
