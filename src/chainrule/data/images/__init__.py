"""Images: readers, published sets, augmentation, batches."""
