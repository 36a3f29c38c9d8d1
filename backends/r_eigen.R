# RcppEigen::fastLm
source(file.path(commandArgs(TRUE)[1], "_protocol.R"))

if (!requireNamespace("RcppEigen", quietly = TRUE)) {
  cat('@linbench {"id": 1, "missing": "no package RcppEigen; install r-cran-rcppeigen (Debian) or r-rcppeigen (conda-forge)"}\n')
  quit("no")
}

methods <- c("pivoted QR", "QR", "LLT", "LDLT", "SVD", "eigen")

fit <- function(X, y, intercept, setting) {
  A <- if (intercept) cbind(1, X) else X
  if (nrow(A) < ncol(A)) stop(unsupported("fastLm needs a row for each parameter; use r_lm"))
  model <- RcppEigen::fastLmPure(A, y, match(setting("method"), methods) - 1L)
  estimates <- model$coefficients
  deficient <- !is.na(model$rank) && model$rank < ncol(A)  # NA: the decomposition decides on no rank
  list(estimates = if (deficient) replace(estimates, is.na(estimates), 0) else estimates, rank = model$rank, model = model)
}

inference <- function(latest) list(standard_errors = latest$model$se)

serve(c(R = paste(R.version$major, R.version$minor, sep = "."),
        RcppEigen = as.character(packageVersion("RcppEigen"))), fit, inference)
