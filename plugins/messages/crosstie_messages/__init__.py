"""Send mail, SMS and signed webhooks."""
