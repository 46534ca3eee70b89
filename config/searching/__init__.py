"""One search over lessons, published reviews and incidents, as far as one may see them."""
