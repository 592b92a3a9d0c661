# Reference numbers for funnel plots of shares and of means, by base R and metafor.
#   Rscript tests/oracles/funnel.R     writes funnel_data.csv, funnel.csv, funnel_groups.csv and funnel_means.csv
# Data: deaths after cardiac surgery on babies in 12 hospitals ("Surgical" of the WinBUGS examples, volume 1), admissions to
# Berkeley by department (R's UCBAdmissions) and seeded simulations ("simulated_...": synthetic); for means R's
# InsectSprays, chickwts and PlantGrowth.
# Limits: the points (-1, 0), (0, P(X <= 0)), (1, P(X <= 1)) ... of the whole distribution function are joined by lines
# (approx), which is Spiegelhalter's interpolation without his formula. chi2: prop.test's statistic, which is the sum of
# squared z that are not winsorised; tau2_untrimmed: metafor's DerSimonian-Laird from the same. lower, upper: binom.test.
suppressMessages(library(metafor))
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
set.seed(20261112)
draw <- function(n, share) data.frame(numerator = rbinom(length(n), n, share), denominator = n)
sizes <- function(groups, from, to) round(exp(runif(groups, log(from), log(to))))
admissions <- apply(UCBAdmissions, c(1, 3), sum)
samples <- list(
  surgical = data.frame(numerator = c(0, 18, 8, 46, 8, 13, 9, 31, 14, 8, 29, 24),
                        denominator = c(47, 148, 119, 810, 211, 196, 148, 215, 207, 97, 256, 360)),
  berkeley = data.frame(numerator = admissions["Admitted", ], denominator = colSums(admissions)),
  simulated_alike = draw(sizes(40, 5, 400), 0.8),
  simulated_differing = draw(sizes(60, 11, 600), plogis(rnorm(60, 1.5, 0.5))),
  simulated_ceiling = draw(sizes(30, 1, 60), 0.96),
  simulated_two = draw(c(20, 35), 0.6),
  simulated_huge = draw(c(1e7, 2e6, 30, 1), 0.7)
)
number <- function(v) trimws(formatC(as.numeric(v), digits = 15, format = "g"))
save_rows <- function(rows, name) {
  path <- file.path(folder, name)
  writeLines(paste0("# ", R.version.string, ", metafor ", packageVersion("metafor"), "; made by funnel.R"), path)
  suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}
tails <- c(low95 = 0.025, high95 = 0.975, low998 = 0.001, high998 = 0.999)
joined <- function(n, share) pmax(approx(c(0, pbinom(0:n, n, share)), -1:n, tails, ties = "ordered")$y, 0) / n
named <- function(m, suffix) { colnames(m) <- paste0(names(tails), suffix); apply(m, 2, number) }
winsorise <- function(z) { q <- quantile(z, c(0.1, 0.9)); pmin(pmax(z, q[1]), q[2]) }
results <- lapply(names(samples), function(name) {
  d <- samples[[name]]; x <- d$numerator; n <- d$denominator; k <- length(n)
  share <- sum(x) / sum(n); se <- sqrt(share * (1 - share) / n); z <- (x / n - share) / se
  phi <- sum(winsorise(z)^2) / k; w <- 1 / se^2
  tau2 <- max(0, (k * phi - (k - 1)) / (sum(w) - sum(w^2) / sum(w)))
  inside <- function(m) pmin(pmax(m, 0), 1)
  lower <- mapply(function(x, n) binom.test(x, n, share, "less")$p.value, x, n)
  upper <- mapply(function(x, n) binom.test(x, n, share, "greater")$p.value, x, n)
  p <- pmin(1, 2 * pmin(lower, upper))
  list(whole = data.frame(sample = name, target = number(share), phi = number(phi), tau2 = number(tau2),
         p_phi = number(pchisq(k * phi, k - 1, lower.tail = FALSE)),
         chi2 = number(suppressWarnings(prop.test(x, n, correct = FALSE))$statistic),
         tau2_untrimmed = number(rma(yi = x / n, vi = se^2, method = "DL")$tau2)),
       groups = data.frame(sample = name, group = paste0("g", seq_len(k)), value = number(x / n), z = number(z),
         named(t(mapply(joined, n, share)), ""), named(inside(share + outer(se * sqrt(phi), qnorm(tails))), "_phi"),
         named(inside(share + outer(sqrt(se^2 + tau2), qnorm(tails))), "_tau2"), lower = number(lower),
         upper = number(upper), bh = number(p.adjust(p, "BH")), holm = number(p.adjust(p, "holm"))))
})
save_rows(do.call(rbind, lapply(names(samples), function(name) {
  cbind(sample = name, group = paste0("g", seq_len(nrow(samples[[name]]))),
        numerator = format(samples[[name]]$numerator, scientific = FALSE, trim = TRUE),
        denominator = format(samples[[name]]$denominator, scientific = FALSE, trim = TRUE))
})), "funnel_data.csv")
save_rows(do.call(rbind, lapply(results, `[[`, "whole")), "funnel.csv")
save_rows(do.call(rbind, lapply(results, `[[`, "groups")), "funnel_groups.csv")

frames <- list(InsectSprays = data.frame(value = InsectSprays$count, group = InsectSprays$spray),
               chickwts = data.frame(value = chickwts$weight, group = chickwts$feed),
               PlantGrowth = data.frame(value = PlantGrowth$weight, group = PlantGrowth$group))
save_rows(do.call(rbind, lapply(names(frames), function(name) {
  d <- frames[[name]]; d$group <- factor(as.character(d$group)); n <- as.numeric(table(d$group)); k <- length(n)
  fit <- anova(lm(value ~ group, d)); sigma2 <- fit["Residuals", "Mean Sq"]; degrees <- fit["Residuals", "Df"]
  target <- mean(d$value); se <- sqrt(sigma2 / n); z <- (as.numeric(tapply(d$value, d$group, mean)) - target) / se
  phi <- sum(winsorise(z)^2) / k; w <- 1 / se^2
  tau2 <- max(0, (k * phi - (k - 1)) / (sum(w) - sum(w^2) / sum(w)))
  data.frame(sample = name, group = levels(d$group),
             values = tapply(d$value, d$group, function(v) paste(number(v), collapse = " ")), target = number(target),
             sigma2 = number(sigma2), phi = number(phi), tau2 = number(tau2), z = number(z),
             named(target + outer(se, qt(tails, degrees)), ""),
             named(target + outer(sqrt(se^2 + tau2), qt(tails, degrees)), "_tau2"))
})), "funnel_means.csv")
