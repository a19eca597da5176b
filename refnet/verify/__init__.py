"""Are these the right bits? What `refnet check` runs."""
