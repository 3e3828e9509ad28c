"""A loyalty programme for shop and stores, with a ledger that can be proven."""
