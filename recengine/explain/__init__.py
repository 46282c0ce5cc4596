"""Why an item is recommended: Shapley values over past actions and features."""
