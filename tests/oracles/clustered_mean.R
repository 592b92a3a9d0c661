# Reference intervals of a mean and of a proportion over clusters.
#   Rscript tests/oracles/clustered_mean.R     writes clustered_mean.csv and clustered_proportion.csv beside this file
# CR2 and Satterthwaite's degrees of freedom are clubSandwich's; CR1 is sandwich's vcovCL(type "HC0", cadjust), which is the
# sandwich estimator with the factor G/(G-1). Effective numbers of cases are put through prop.test; where there are
# 40 clusters or more, survey::svydesign gives the design effect's variance too (survey_se). The samples are made up.
suppressMessages({library(sandwich); library(clubSandwich); library(survey)})
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
set.seed(20261102)
draw <- function(sizes, sd) lapply(sizes, function(n) 25 * round(pmin(pmax(3 + rnorm(1, 0, sd) + rnorm(n), 0), 4)))
samples <- list(
  alike_within = list(c(100, 100, 90, 95), c(60, 55, 70), c(80, 85, 80, 75, 90), c(20, 30)),
  unequal_sizes = list(rep(100, 40), c(0, 100), c(50, 60, 70, 80, 90, 100), c(10)),
  two_clusters = list(c(90, 100, 80), c(40, 60, 50, 70)),
  one_cluster_holds_nearly_all = draw(c(200, 2, 1, 3), 0.7),
  thirty_nine = draw(rep(c(2, 5, 9), 13), 0.7),
  forty = draw(rep(c(2, 5, 9, 20), 10), 0.7)
)
number <- function(v) trimws(formatC(as.numeric(v), digits = 15, format = "g"))
robust <- function(x, g) {
  model <- lm(x ~ 1)
  groups <- length(unique(g))
  if (groups >= 40) return(c(sqrt(vcovCL(model, cluster = g, type = "HC0", cadjust = TRUE)[1, 1]), groups - 1))
  found <- coef_test(model, vcov = vcovCR(model, cluster = g, type = "CR2"), test = "Satterthwaite")
  c(found$SE, if ("df_Satt" %in% names(found)) found$df_Satt else found$df)
}
save_rows <- function(rows, name) {
  path <- file.path(folder, name)
  versions <- paste(sapply(c("sandwich", "clubSandwich", "survey"), function(p) paste(p, packageVersion(p))), collapse = ", ")
  writeLines(paste0("# ", R.version.string, ", ", versions, "; made by clustered_mean.R"), path)
  suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}
save_rows(do.call(rbind, lapply(names(samples), function(name) {
  clusters <- samples[[name]]
  x <- unlist(clusters)
  g <- rep(seq_along(clusters), lengths(clusters))
  r <- robust(x, g)
  half <- qt(0.975, r[2]) * r[1]
  text <- paste(sapply(clusters, paste, collapse = " "), collapse = " | ")
  data.frame(sample = name, clusters = text, mean = number(mean(x)), low = number(mean(x) - half), high = number(mean(x) + half),
             se = number(r[1]), df = number(r[2]), design_effect = number(r[1]^2 / (var(x) / length(x))))
})), "clustered_mean.csv")
shares <- lapply(samples, function(clusters) list(good = sapply(clusters, function(x) sum(x >= 90)), n = lengths(clusters)))
shares$hardly_alike <- list(good = c(5, 6, 5, 6, 5), n = c(10, 10, 11, 12, 10))
save_rows(do.call(rbind, lapply(names(shares), function(name) {
  good <- shares[[name]]$good; n <- shares[[name]]$n
  x <- unlist(mapply(function(s, m) rep(c(1, 0), c(s, m - s)), good, n, SIMPLIFY = FALSE))
  g <- rep(seq_along(n), n)
  r <- robust(x, g)
  do.call(rbind, lapply(c(0.90, 0.95), function(level) {
    effect <- max(1, r[1]^2 / (var(x) / length(x)))
    effective <- length(x) / effect * (qnorm((1 + level) / 2) / qt((1 + level) / 2, r[2]))^2
    ci <- suppressWarnings(prop.test(mean(x) * effective, effective, conf.level = level, correct = FALSE))$conf.int
    survey_se <- SE(svymean(~x, svydesign(ids = ~g, weights = ~1, data = data.frame(x, g))))
    data.frame(sample = name, level = level, good = paste(good, collapse = " "), n = paste(n, collapse = " "),
               share = number(mean(x)), low = number(ci[1]), high = number(ci[2]), se = number(r[1]), survey_se = number(survey_se))
  }))
})), "clustered_proportion.csv")
