# Reference numbers for gaps and agreement, from R.
#   Rscript tests/oracles/gap.R     writes gap.csv, gap_items.csv and gap_agreement.csv beside this file
# Data: the ratings in R's sleep ("extra" of the two drugs, Student 1908), mtcars (mpg by transmission), InsectSprays (A, C),
# and seeded simulations ("simulated_…": synthetic). Agreement: the peak flows in table 1 of Bland & Altman 1986.
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
number <- function(v) trimws(formatC(as.numeric(v), digits = 15, format = "g"))
save_rows <- function(rows, name) {
  path <- file.path(folder, name)
  writeLines(paste0("# ", R.version.string, "; made by gap.R"), path)
  suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}
set.seed(20261104)
likert <- function(n, center) pmin(pmax(round(rnorm(n, center, 0.9)), 1), 5)
samples <- list(
  sleep = list(sleep$extra[sleep$group == 1], sleep$extra[sleep$group == 2]),
  mtcars = list(mtcars$mpg[mtcars$am == 1], mtcars$mpg[mtcars$am == 0]),
  insect_sprays = list(InsectSprays$count[InsectSprays$spray == "A"], InsectSprays$count[InsectSprays$spray == "C"]),
  simulated_few = list(likert(3, 4.5), likert(200, 3.9)),
  simulated_constant = list(rep(5, 6), likert(40, 4.2)),
  simulated_far = list(1e7 + likert(12, 4), 1e7 + likert(30, 3))
)
rows <- do.call(rbind, lapply(names(samples), function(name) do.call(rbind, lapply(c(0.9, 0.95), function(level) {
  x <- samples[[name]][[1]]; y <- samples[[name]][[2]]
  t <- t.test(x, y, conf.level = level)
  data.frame(sample = name, level = level, x = paste(number(x), collapse = " "), y = paste(number(y), collapse = " "), espoused = number(mean(x)),
             experienced = number(mean(y)), gap = number(mean(x) - mean(y)), low = number(t$conf.int[1]), high = number(t$conf.int[2]))
}))))
save_rows(rows, "gap.csv")
items <- lapply(1:6, function(i) list(likert(15, 3.6 + 0.2 * i), likert(90, 3.8)))
p <- sapply(items, function(s) t.test(s[[1]], s[[2]])$p.value)
save_rows(do.call(rbind, lapply(seq_along(items), function(i) {
  x <- items[[i]][[1]]; y <- items[[i]][[2]]
  one <- t.test(x, y); all <- t.test(x, y, conf.level = 1 - 0.05 / length(items))
  data.frame(item = paste0("q", i), x = paste(x, collapse = " "), y = paste(y, collapse = " "), low = number(one$conf.int[1]), high = number(one$conf.int[2]),
             all_low = number(all$conf.int[1]), all_high = number(all$conf.int[2]), p = number(p[i]), p_adjusted = number(p.adjust(p, "BH")[i]))
})), "gap_items.csv")
large <- c(494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427)
mini <- c(512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451)
d <- large - mini; n <- length(d); s <- sd(d); t <- qt(0.975, n - 1); z <- qnorm(0.975)
error <- sqrt(s^2 / n + z^2 * s^2 / (2 * (n - 1)))
save_rows(data.frame(differences = paste(d, collapse = " "), n = n, bias = number(mean(d)), bias_low = number(t.test(d)$conf.int[1]), bias_high = number(t.test(d)$conf.int[2]),
                     sd = number(s), lower = number(mean(d) - z * s), lower_low = number(mean(d) - z * s - t * error), lower_high = number(mean(d) - z * s + t * error),
                     upper = number(mean(d) + z * s), upper_low = number(mean(d) + z * s - t * error), upper_high = number(mean(d) + z * s + t * error)), "gap_agreement.csv")
