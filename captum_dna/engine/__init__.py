"""What attribution methods are made of: questions and answers, baselines, paths, quadrature and batches."""
