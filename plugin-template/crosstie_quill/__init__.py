"""A connector for Crosstie."""
