# stats::lm and stats::.lm.fit
source(file.path(commandArgs(TRUE)[1], "_protocol.R"))

fit <- function(X, y, intercept, setting) {
  tol <- if (setting("tol") == "library") 1e-7 else as.double(setting("tol"))
  if (setting("method") == "lm") {
    model <- lm(if (intercept) y ~ X else y ~ X - 1, tol = tol)
    estimates <- coef(model)
  } else {
    model <- .lm.fit(if (intercept) cbind(1, X) else X, y, tol = tol)
    estimates <- replace(rep(0, length(model$coefficients)), model$pivot, model$coefficients)
  }
  list(estimates = replace(estimates, is.na(estimates), 0), rank = model$rank, model = model)
}

inference <- function(latest) {
  said <- summary(latest$model)
  errors <- rep(NA_real_, length(said$aliased))
  errors[!said$aliased] <- said$coefficients[, 2]
  list(standard_errors = errors, r_squared = said$r.squared)
}

serve(c(R = paste(R.version$major, R.version$minor, sep = "."), BLAS = basename(extSoftVersion()[["BLAS"]])),
      fit, inference)
