# Reference numbers for differential item functioning, from R's MASS::polr and ordinal::clm on every row.
#   Rscript tests/oracles/dif.R     writes dif_data.csv and dif.csv beside this file
# Data: seeded simulations (synthetic): answers 1 to 5 through one trait; in "shifted" item i2 is harder for group b
# at the same trait, in "crossing" item i3 works in group b with another slope, "three" has three groups and missing
# answers, "ceiling" has mostly top answers. Matching: the mean of the other items answered, where at least half are.
# Nagelkerke's R2 from the log likelihoods of clm; polr_lr is the likelihood ratio by polr.
suppressMessages({library(MASS); library(ordinal)})
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
set.seed(20261108)
simulate <- function(n, groups, k, shift, slope, height = 0, missing = 0) {
  group <- sample(groups, n, TRUE, c(3, 2, 1)[seq_along(groups)])
  trait <- rnorm(n, ifelse(group == "a", 0, 0.4))
  answers <- sapply(1:k, function(i) {
    b <- if (i == 3) ifelse(group == "b", slope, 1.5) else 1.5
    latent <- b * trait + height + ifelse(i == 2 & group == "b", shift, 0) + rlogis(n)
    cut(latent, c(-Inf, -2.5, -1, 0.3, 1.8, Inf), labels = FALSE)
  })
  answers[runif(length(answers)) < missing] <- NA
  data.frame(group = group, answers)
}
samples <- list(shifted = simulate(700, c("a", "b"), 5, -1.4, 1.5), crossing = simulate(700, c("a", "b"), 5, 0, 0.2),
                three = simulate(500, c("a", "b", "c"), 4, 0.8, 1, missing = 0.08), ceiling = simulate(600, c("a", "b"), 5, 0, 1.5, height = 3.5))
number <- function(v) ifelse(is.na(v), "", trimws(formatC(as.numeric(v), digits = 15, format = "g")))
tight <- clm.control(gradTol = 1e-10, maxIter = 500L)
rows <- list()
for (name in names(samples)) {
  d <- samples[[name]]
  A <- as.matrix(d[, -1])
  for (i in 1:ncol(A)) {
    rest <- A[, -i, drop = FALSE]
    ok <- !is.na(A[, i]) & 2 * rowSums(!is.na(rest)) >= ncol(rest)
    f <- data.frame(y = factor(A[ok, i], ordered = TRUE), m = rowMeans(rest[ok, ], na.rm = TRUE), g = factor(d$group[ok]))
    m0 <- clm(y ~ m, data = f, control = tight); m1 <- clm(y ~ m + g, data = f, control = tight); m2 <- clm(y ~ m * g, data = f, control = tight)
    mn <- clm(y ~ 1, data = f, control = tight)
    p <- lapply(list(y ~ m, y ~ m + g, y ~ m * g), function(form) polr(form, data = f, control = list(reltol = 1e-14, maxit = 1000)))
    n <- nrow(f); l <- sapply(list(mn, m0, m1, m2), function(x) as.numeric(logLik(x)))
    R2 <- (1 - exp(2 * (l[1] - l) / n)) / (1 - exp(2 * l[1] / n))
    b <- coef(summary(m1)); b <- b[grepl("^g", rownames(b)), , drop = FALSE]
    q <- nlevels(f$g) - 1
    rows[[length(rows) + 1]] <- data.frame(sample = name, item = paste0("i", i), n = n, df = q, uniform = number(2 * (l[3] - l[2])),
      non_uniform = number(2 * (l[4] - l[3])), any = number(2 * (l[4] - l[2])), uniform_p = number(pchisq(2 * (l[3] - l[2]), q, lower.tail = FALSE)),
      any_p = number(pchisq(2 * (l[4] - l[2]), 2 * q, lower.tail = FALSE)), uniform_r2 = number(R2[3] - R2[2]), any_r2 = number(R2[4] - R2[2]),
      polr_uniform = number(p[[1]]$deviance - p[[2]]$deviance), polr_any = number(p[[1]]$deviance - p[[3]]$deviance),
      log_odds = paste(number(b[, 1]), collapse = " "), log_odds_se = paste(number(b[, 2]), collapse = " "))
  }
}
out <- do.call(rbind, rows)
for (name in names(samples)) out$any_adjusted[out$sample == name] <- number(p.adjust(as.numeric(out$any_p[out$sample == name]), "BH"))
save_rows <- function(rows, name) {
  path <- file.path(folder, name)
  versions <- paste(sapply(c("MASS", "ordinal"), function(p) paste(p, packageVersion(p))), collapse = ", ")
  writeLines(paste0("# ", R.version.string, ", ", versions, "; made by dif.R"), path)
  suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE, na = ""))
}
save_rows(out, "dif.csv")
# Answers as one text of digits, 0 for none.
save_rows(do.call(rbind, lapply(names(samples), function(s) {
  A <- as.matrix(samples[[s]][, -1]); A[is.na(A)] <- 0
  data.frame(sample = s, group = samples[[s]]$group, answers = paste0("i", apply(A, 1, paste, collapse = "")))
})), "dif_data.csv")
