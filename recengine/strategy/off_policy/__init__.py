"""What a strategy that was never shown would have earned, from what another one earned when it was shown."""
