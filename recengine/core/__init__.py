"""The nouns: plain tables and settings that every other layer speaks in."""
