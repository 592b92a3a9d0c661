# Reference numbers for the comparison of groups, from R.
#   Rscript tests/oracles/comparison.R     writes comparison_data.csv, comparison.csv, comparison_pairs.csv, comparison_groups.csv
#   and studentized_range.csv beside this file (in seven minutes)
# Data: R's PlantGrowth, InsectSprays, chickwts and airquality (Ozone by Month), the doses in Hogarty & Kromrey 1999
# ("hogarty_kromrey", the example of R's effsize), and seeded simulations ("simulated_…": synthetic).
# The studentized range is integrated here anew ("tail"), because ptukey loses digits at few degrees of freedom; ptukey's p
# stands beside it. Its quantile is the root of that integral. Cliff's delta comes from the full matrix of dominances.
suppressMessages(library(rstatix))
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
number <- function(v) trimws(formatC(as.numeric(v), digits = 15, format = "g"))
save_rows <- function(rows, name) {
  path <- file.path(folder, name)
  writeLines(paste0("# ", R.version.string, ", rstatix ", packageVersion("rstatix"), "; made by comparison.R"), path)
  suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}
pieces <- function(f, cuts, ...) sum(sapply(seq_along(cuts)[-1], function(i) integrate(f, cuts[i - 1], cuts[i], ...)$value))
range_tail <- function(w, k) {
  if (k == 2) return(2 * pnorm(-w / sqrt(2)))
  f <- function(z) {
    share <- pmin(1, exp(pnorm(z - w, log.p = TRUE) - pnorm(z, log.p = TRUE)))
    k * exp(dnorm(z, log = TRUE) + (k - 1) * pnorm(z, log.p = TRUE)) * (-expm1((k - 1) * log1p(-share)))
  }
  pieces(f, w / 2 + seq(-10, 10, by = 1), rel.tol = 1e-10, abs.tol = 1e-300, stop.on.error = FALSE)
}
tail <- function(q, k, nu) {
  f <- function(u) dchisq(nu * u^2, nu) * 2 * nu * u * sapply(q * u, range_tail, k = k)
  cuts <- sqrt(qchisq(c(1e-14, 1e-10, 1e-7, 1e-5, 1e-3, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.9999, 1 - 1e-9), nu) / nu)
  pieces(f, c(0, cuts, cuts[14] * 1.5 + 1), rel.tol = 1e-9, abs.tol = 1e-30, subdivisions = 500)
}
quantile_of <- function(p, k, nu) {
  near <- suppressWarnings(qtukey(p, k, nu))
  uniroot(function(q) log(tail(q, k, nu)) - log(1 - p), near * c(0.99, 1.01), extendInt = "downX", tol = 1e-10)$root
}
grid <- rbind(
  expand.grid(q = c(0.5, 3, 8), k = c(2, 3, 10, 50), nu = c(1, 1.7, 4, 11.3, 200)),
  data.frame(q = c(40, 15, 12, 9, 25, 6), k = c(3, 50, 50, 500, 4, 150), nu = c(1, 100, 30, 17.3, 12, 3e4)))
grid$tail <- mapply(tail, grid$q, grid$k, grid$nu)
grid$ptukey <- suppressWarnings(ptukey(grid$q, grid$k, grid$nu, lower.tail = FALSE))
save_rows(data.frame(q = grid$q, k = grid$k, nu = number(grid$nu), tail = number(grid$tail), ptukey = number(grid$ptukey)), "studentized_range.csv")

set.seed(20261103)
likert <- function(n, shift) 25 * pmin(pmax(round(rnorm(n, 3 + shift, 1.1)), 0), 4)
simulate <- function(sizes, shifts) {
  g <- rep(seq_along(sizes), sizes)
  data.frame(group = sprintf("g%02d", g), value = likert(length(g), shifts[g]))
}
with_perfect <- rbind(simulate(c(11, 40, 25), c(0, 0.5, 1)), data.frame(group = "perfect", value = rep(100, 12)))
apart <- data.frame(group = rep(c("high", "low", "middle"), c(5, 8, 6)), value = c(91, 95, 92, 99, 96, 11:18, 12, 40, 44, 47, 90, 60))
samples <- list(
  plant_growth = data.frame(group = PlantGrowth$group, value = PlantGrowth$weight),
  insect_sprays = data.frame(group = InsectSprays$spray, value = InsectSprays$count),
  chickwts = data.frame(group = chickwts$feed, value = chickwts$weight),
  airquality = subset(data.frame(group = paste0("month", airquality$Month), value = airquality$Ozone), !is.na(value)),
  hogarty_kromrey = data.frame(group = rep(c("control", "treatment"), c(6, 10)),
                               value = c(10, 20, 30, 40, 40, 50, 10, 10, 20, 20, 20, 30, 30, 30, 40, 50)),
  simulated_unequal = simulate(c(2, 3, 7, 150, 31), c(0, 0.8, -0.5, 0.3, 1)),
  simulated_perfect = with_perfect,
  simulated_apart = apart,
  simulated_far = data.frame(group = rep(c("a", "b", "c"), c(9, 14, 6)), value = 1e6 + round(rnorm(29, rep(c(0, 1, 2), c(9, 14, 6))), 2))
)
cliff <- function(x, y, level = 0.95) {
  m <- sign(outer(x, y, "-")); d <- mean(m); a <- length(x); b <- length(y)
  s2 <- (b^2 * sum((rowMeans(m) - d)^2) + a^2 * sum((colMeans(m) - d)^2) - sum((m - d)^2)) / (a * b * (a - 1) * (b - 1))
  s2 <- max(s2, (1 - d^2) / (a * b - 1))
  t <- qt((1 + level) / 2, a + b - 2)
  edge <- (min(a, b) - t^2) / (min(a, b) + t^2)
  if (d == 1) return(c(d, edge, 1))
  if (d == -1) return(c(d, -1, -edge))
  ends <- (d - d^3 + c(-1, 1) * t * sqrt(s2) * sqrt((1 - d^2)^2 + t^2 * s2)) / (1 - d^2 + t^2 * s2)
  c(d, pmin(pmax(ends, -1), 1))
}
tests <- pair_rows <- tops <- list()
for (name in names(samples)) {
  d <- samples[[name]]; d$group <- factor(as.character(d$group)); parts <- split(d$value, d$group); k <- length(parts)
  w <- if (all(sapply(parts, var) > 0)) oneway.test(value ~ group, d) else list(statistic = NA, parameter = c(NA, NA), p.value = NA)
  h <- kruskal.test(value ~ group, d)
  tests[[name]] <- data.frame(sample = name, welch = number(w$statistic), df1 = number(w$parameter[1]), df2 = number(w$parameter[2]), welch_p = number(w$p.value),
                              kruskal = number(h$statistic), df = h$parameter, kruskal_p = number(h$p.value))
  games <- if (k > 2 && all(sapply(parts, var) > 0)) as.data.frame(games_howell_test(d, value ~ group)) else NULL
  pairs <- combn(names(parts), 2)
  rows <- do.call(rbind, lapply(seq_len(ncol(pairs)), function(i) {
    x <- parts[[pairs[1, i]]]; y <- parts[[pairs[2, i]]]
    vx <- var(x) / length(x); vy <- var(y) / length(y)
    nu <- (vx + vy)^2 / (vx^2 / (length(x) - 1) + vy^2 / (length(y) - 1)); error <- sqrt((vx + vy) / 2)
    difference <- mean(x) - mean(y); q <- quantile_of(0.95, k, nu); delta <- cliff(x, y)
    g <- if (is.null(games)) NULL else games[games$group1 == pairs[1, i] & games$group2 == pairs[2, i], ]
    data.frame(sample = name, a = pairs[1, i], b = pairs[2, i], difference = difference, low = difference - q * error, high = difference + q * error,
               p = tail(abs(difference) / error, k, nu), ptukey = suppressWarnings(ptukey(abs(difference) / error, k, nu, lower.tail = FALSE)), df = nu,
               rstatix_low = if (is.null(g)) NA else -g$conf.high, rstatix_high = if (is.null(g)) NA else -g$conf.low,
               delta = delta[1], delta_low = delta[2], delta_high = delta[3])
  }))
  rows$p_adjusted <- p.adjust(rows$p, method = "BH")
  for (column in setdiff(names(rows), c("sample", "a", "b"))) rows[[column]] <- number(rows[[column]])
  pair_rows[[name]] <- rows
  tops[[name]] <- do.call(rbind, lapply(names(parts), function(g) {
    x <- parts[[g]]; limits <- if (length(x) > 1 && var(x) > 0) t.test(x)$conf.int else c(NA, NA)
    data.frame(sample = name, group = g, n = length(x), mean = number(mean(x)), sd = number(sd(x)), low = number(limits[1]), high = number(limits[2]))
  }))
}
save_rows(do.call(rbind, tests), "comparison.csv")
save_rows(do.call(rbind, pair_rows), "comparison_pairs.csv")
save_rows(do.call(rbind, tops), "comparison_groups.csv")
save_rows(do.call(rbind, lapply(names(samples), function(s) data.frame(sample = s, group = samples[[s]]$group, value = number(samples[[s]]$value)))), "comparison_data.csv")
