"""Learning as events come in: models brought up to date, and what that is worth day by day."""
