// Artefacts that are written here, worker_options.go among them, are no part of the product.
module build
