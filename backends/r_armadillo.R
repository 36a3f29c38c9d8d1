# RcppArmadillo::fastLm
source(file.path(commandArgs(TRUE)[1], "_protocol.R"))

if (!requireNamespace("RcppArmadillo", quietly = TRUE)) {
  cat('@linbench {"id": 1, "missing": "no package RcppArmadillo; install r-cran-rcpparmadillo (Debian) or r-rcpparmadillo (conda-forge)"}\n')
  quit("no")
}

fit <- function(X, y, intercept, setting) {
  if (nrow(X) <= ncol(X) + intercept) stop(unsupported("fastLm needs more rows than parameters; use r_lm"))
  model <- if (setting("method") == "fastLmPure") {
    RcppArmadillo::fastLmPure(if (intercept) cbind(1, X) else X, y)
  } else {
    RcppArmadillo::fastLm(if (intercept) y ~ X else y ~ X - 1)
  }
  list(estimates = model$coefficients, model = model)
}

inference <- function(latest) {
  if (!inherits(latest$model, "fastLm")) return(list(standard_errors = latest$model$stderr))
  said <- summary(latest$model)
  list(standard_errors = said$coefficients[, 2], t_values = said$coefficients[, 3], p_values = said$coefficients[, 4],
       residual_deviation = said$sigma, r_squared = said$r.squared, adjusted_r_squared = said$adj.r.squared)
}

serve(c(R = paste(R.version$major, R.version$minor, sep = "."),
        RcppArmadillo = as.character(packageVersion("RcppArmadillo"))), fit, inference)
