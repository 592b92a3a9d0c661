# Reference numbers for case-mix adjustment, from R's lm on every row with the adjusters' dummies imputed and centred by hand.
#   Rscript tests/oracles/casemix.R     writes casemix_data.csv, casemix.csv and casemix_groups.csv beside this file
# Data: seeded simulations (synthetic). CAHPS: a missing adjuster (each of its dummies) takes its unit's mean, or where a
# unit has none the mean of all; adjusters are centred at the mean of all respondents; lm(y ~ 0 + unit + x) gives adjusted
# means as intercepts. r2, F tests: lm(y ~ unit + x) against smaller models. Contrast with the mean of units: vcov of lm.
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
set.seed(20261107)
ages <- c("18-34", "35-54", "55-74", "75+"); health <- c("excellent", "fair", "good", "poor"); language <- c("en", "es", "zh")
simulate <- function(sizes, missing, years = FALSE) {
  d <- do.call(rbind, lapply(seq_along(sizes), function(u) {
    n <- sizes[u]
    tilt <- runif(4, 0.3, 2)
    data.frame(unit = sprintf("u%02d", u), age = sample(ages, n, TRUE, tilt), health = sample(health, n, TRUE, rev(tilt)),
               language = sample(language, n, TRUE, c(8, 2 * tilt[1], 1)), years = if (years) 1960 + 40 * rbeta(n, 2 * tilt[2], 2) else NA,
               base = rnorm(1, 0, 5))
  }))
  move <- 4 * match(d$age, ages) - 5 * (d$health == "poor") - 3 * (d$language == "es") - ifelse(is.na(d$years), 0, 0.2 * (d$years - 1980))
  d$y <- round(pmin(pmax(75 + d$base + move + rnorm(nrow(d), 0, 14), 0), 100))
  for (x in c("age", "health", "language", if (years) "years")) d[[x]][runif(nrow(d)) < missing] <- NA
  d[, c("unit", "y", "age", "health", "language", "years")]
}
samples <- list(
  complete = simulate(c(40, 25, 33, 60), 0),
  missing = simulate(c(1, 2, 5, 11, 30, 90, 150), 0.15),
  linear = simulate(c(4, 9, 17, 40, 80), 0.1, TRUE),
  unit_without_adjuster = simulate(c(15, 25, 35, 5), 0.08, TRUE),
  aliased = simulate(c(20, 30, 25), 0)
)
samples$unit_without_adjuster$age[samples$unit_without_adjuster$unit == "u02"] <- NA
samples$unit_without_adjuster$years[samples$unit_without_adjuster$unit == "u03"] <- NA
samples$aliased$language <- ifelse(samples$aliased$age == "75+", "en", "es")
number <- function(v) ifelse(is.na(v), "", trimws(formatC(as.numeric(v), digits = 15, format = "g")))
rows <- list(); groups <- list()
for (name in names(samples)) {
  d <- samples[[name]]
  d$unit <- factor(d$unit)
  adjusters <- c("age", "health", "language", if (!all(is.na(d$years))) "years")
  X <- do.call(cbind, lapply(adjusters, function(a) {
    v <- d[[a]]
    if (is.numeric(v)) return(matrix(v, dimnames = list(NULL, a)))
    levels <- sort(unique(v), method = "radix")[-1]
    m <- sapply(levels, function(l) as.numeric(v == l))
    colnames(m) <- paste0(a, "=", levels)
    m
  }))
  owner <- sub("=.*", "", colnames(X))
  X <- apply(X, 2, function(x) {
    means <- tapply(x, d$unit, mean, na.rm = TRUE)
    n <- tapply(x, d$unit, length)
    overall <- sum((means * n)[!is.nan(means)]) / sum(n[!is.nan(means)])
    means[is.nan(means)] <- overall
    ifelse(is.na(x), means[d$unit], x)
  })
  X <- sweep(X, 2, colMeans(X))
  model <- lm(d$y ~ 0 + d$unit + X)
  units <- nlevels(d$unit)
  found <- coef(model)[-(1:units)]
  table <- coef(summary(model))
  V <- vcov(model, complete = FALSE)
  with_intercept <- lm(d$y ~ d$unit + X)
  cell <- function(value, what, term) data.frame(sample = name, what = what, term = term, value = number(value))
  for (i in seq_along(found)) {
    key <- names(found)[i]; term <- colnames(X)[i]
    got <- if (key %in% rownames(table)) table[key, ] else c(NA, NA, NA, NA)
    rows[[length(rows) + 1]] <- rbind(cell(got[1], "estimate", term), cell(got[2], "se", term), cell(got[4], "p", term))
  }
  b <- ifelse(is.na(found), 0, found)
  center <- rowsum(X, d$unit) / as.vector(table(d$unit))
  test <- anova(lm(d$y ~ X), model)
  rows[[length(rows) + 1]] <- rbind(cell(summary(with_intercept)$r.squared, "r2", ""), cell(test$F[2], "groups_f", ""),
                                    cell(test$Df[2], "groups_df1", ""), cell(test[["Pr(>F)"]][2], "groups_p", ""))
  for (a in adjusters) {
    test <- anova(lm(d$y ~ 0 + d$unit + X[, owner != a]), model)
    rows[[length(rows) + 1]] <- rbind(cell(sd(center[, owner == a, drop = FALSE] %*% b[owner == a]), "impact", a), cell(test$F[2], "adjuster_f", a),
                                      cell(test$Df[2], "adjuster_df1", a), cell(test[["Pr(>F)"]][2], "adjuster_p", a))
  }
  adjusted <- coef(model)[1:units]
  VA <- V[1:units, 1:units]
  contrast <- diag(units) - 1 / units
  groups[[name]] <- data.frame(sample = name, group = levels(d$unit), n = as.vector(table(d$unit)), raw = number(tapply(d$y, d$unit, mean)),
    adjusted = number(adjusted), se = number(sqrt(diag(VA))), difference = number(contrast %*% adjusted),
    difference_se = number(sqrt(diag(contrast %*% VA %*% t(contrast)))))
}
save_rows <- function(rows, name) {
  path <- file.path(folder, name)
  writeLines(paste0("# ", R.version.string, "; made by casemix.R"), path)
  suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE, na = ""))
}
save_rows(do.call(rbind, rows), "casemix.csv")
save_rows(do.call(rbind, groups), "casemix_groups.csv")
save_rows(do.call(rbind, lapply(names(samples), function(s) { d <- samples[[s]]; d$years <- number(d$years); cbind(sample = s, d) })), "casemix_data.csv")
