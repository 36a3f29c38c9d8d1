# The R side of the protocol in README.md. A script defines `versions`, `fit(X, y, intercept, setting)`, with a fifth
# parameter `weights` if it takes any, and, where it has any, `inference(latest)`, a list by the protocol's keys, then
# calls serve().

.input <- file("stdin", "rb")

.setting <- function(line, key) {
  at <- regexpr(paste0('"', key, '": '), line, fixed = TRUE)  # a third of the time of a regular expression
  if (at < 0) stop("no ", key, " in the request")
  rest <- substring(line, at + attr(at, "match.length"))
  if (startsWith(rest, '"')) strsplit(rest, '"', fixed = TRUE)[[1]][2] else sub("[,}].*", "", rest)
}

hexadecimal <- function(values) paste0('"', paste(sprintf("%a", as.double(values)), collapse = " "), '"')

.text <- function(words) paste0('"', gsub('(["\\\\])', "\\\\\\1", gsub("[[:cntrl:]]+", " ", words)), '"')

.answer <- function(id, ...) {
  fields <- c(id = id, ...)
  cat("@linbench {", paste0('"', names(fields), '": ', fields, collapse = ", "), "}\n", sep = "")
  flush(stdout())
}

.load <- function(line) {
  rows <- as.integer(.setting(line, "rows"))
  width <- as.integer(.setting(line, "columns"))
  X <- matrix(readBin(.input, "double", rows * width, endian = "little"), rows, width)
  known <- new.env()  # options are looked up inside the clock, so keep them: parsing is no part of a fit
  setting <- function(key) {
    if (is.null(known[[key]])) known[[key]] <- .setting(line, key)
    known[[key]]
  }
  y <- readBin(.input, "double", rows, endian = "little")
  weights <- if (.setting(line, "weights") == "1") readBin(.input, "double", rows, endian = "little")
  list(X = X, y = y, weights = weights, intercept = .setting(line, "intercept") == "1", setting = setting)
}

# A refusal is stop(unsupported("why")); what fit() gives is list(estimates =, rank =, model =).
unsupported <- function(words) structure(class = c("unsupported", "error", "condition"), list(message = words, call = NULL))

serve <- function(versions, fit, inference = NULL) {
  data <- latest <- NULL
  repeat {
    line <- readLines(.input, 1)
    if (length(line) == 0) break
    if (line == "") next
    id <- .setting(line, "id")
    tryCatch(
      switch(.setting(line, "do"),
        load = {
          data <- .load(line)
          names <- paste0('"', names(versions), '": ', .text(versions), collapse = ", ")
          .answer(id, versions = paste0("{", names, "}"))
        },
        fit = {
          begin <- Sys.time()  # R has no monotonic clock finer than a millisecond
          latest <- if (is.null(data$weights)) fit(data$X, data$y, data$intercept, data$setting)
                    else fit(data$X, data$y, data$intercept, data$setting, data$weights)
          seconds <- as.double(difftime(Sys.time(), begin, units = "secs"))
          .answer(id, estimates = hexadecimal(latest$estimates), seconds = sprintf("%.9f", seconds),
                  if (!is.null(latest$rank) && !is.na(latest$rank)) c(rank = as.integer(latest$rank)))
        },
        inference = {
          .answer(id, sapply(inference(latest), hexadecimal))
        }
      ),
      unsupported = function(no) .answer(id, unsupported = .text(conditionMessage(no))),
      error = function(no) .answer(id, error = .text(conditionMessage(no)))
    )
  }
}
