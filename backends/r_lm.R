# stats::lm and stats::.lm.fit
source(file.path(commandArgs(TRUE)[1], "_protocol.R"))

fit <- function(X, y, intercept, setting, weights = NULL) {
  tol <- if (setting("tol") == "library") 1e-7 else as.double(setting("tol"))
  if (setting("method") == "lm") {
    model <- lm(if (intercept) y ~ X else y ~ X - 1, tol = tol, weights = weights)
    estimates <- coef(model)
  } else {
    model <- .lm.fit(if (intercept) cbind(1, X) else X, y, tol = tol)
    estimates <- replace(rep(0, length(model$coefficients)), model$pivot, model$coefficients)
  }
  list(estimates = replace(estimates, is.na(estimates), 0), rank = model$rank, model = model)
}

inference <- function(latest) {
  model <- latest$model
  said <- summary(model)
  spread <- function(column) replace(rep(NA_real_, length(said$aliased)), !said$aliased, said$coefficients[, column])
  limits <- confint(model)
  told <- list(standard_errors = spread(2), t_values = spread(3), p_values = spread(4),
               confidence_low = limits[, 1], confidence_high = limits[, 2],
               residual_deviation = said$sigma, r_squared = said$r.squared, adjusted_r_squared = said$adj.r.squared,
               log_likelihood = logLik(model))
  f <- said$fstatistic  # none without a feature; its p is what R prints below a summary
  if (is.null(f)) return(told)
  c(told, list(f_value = f[[1]], f_p_value = pf(f[[1]], f[[2]], f[[3]], lower.tail = FALSE)))
}

serve(c(R = paste(R.version$major, R.version$minor, sep = "."), BLAS = basename(extSoftVersion()[["BLAS"]])),
      fit, inference)
