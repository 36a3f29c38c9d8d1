"""One file per dataset; ``base`` holds what they share: scaling, the train/test split, the original units."""
