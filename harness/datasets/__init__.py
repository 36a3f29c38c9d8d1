"""One file per dataset; ``base`` has what they share: scaling, the train/test split, the original units."""
