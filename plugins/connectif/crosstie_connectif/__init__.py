"""Send contacts, products and purchases to Connectif."""
