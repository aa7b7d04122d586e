"""Files of submissions: listing and opening them."""
