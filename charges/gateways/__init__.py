"""The only modules of charges that speak to the world: the card processor and Beeminder."""
