# Power of RMSEA tests and the N they need: MacCallum, Browne & Sugawara (1996), from their formulas in base R.
#   Rscript rmsea_power_reference.R        (in this folder; the session is in rmsea_power_session.txt)
library(jsonlite)
power <- function(n, df, e0, ea, alpha=.05) {
  l0 <- (n - 1) * df * e0^2; la <- (n - 1) * df * ea^2
  if (ea > e0) pchisq(qchisq(1 - alpha, df, l0), df, la, lower.tail=FALSE)
  else pchisq(qchisq(alpha, df, l0), df, la)
}
needed <- function(target, df, e0, ea, alpha=.05) { n <- 3; while (power(n, df, e0, ea, alpha) < target) n <- n + 1; n }
grid <- expand.grid(df=c(5, 19, 50, 98, 100, 430), n=c(100, 200, 500), test=c("close", "not close", "exact"), stringsAsFactors=FALSE)
pair <- list(close=c(.05, .08), "not close"=c(.05, .01), exact=c(0, .05))
grid$e0 <- sapply(grid$test, function(t) pair[[t]][1]); grid$ea <- sapply(grid$test, function(t) pair[[t]][2])
grid$power <- mapply(power, grid$n, grid$df, grid$e0, grid$ea)
need <- unique(grid[c("df", "test", "e0", "ea")])
need$n80 <- mapply(function(df, e0, ea) needed(.80, df, e0, ea), need$df, need$e0, need$ea)
write(toJSON(list(source="MacCallum, Browne & Sugawara (1996), noncentrality (N-1) df RMSEA^2", alpha=.05, power=grid, needed=need,
  versions=list(R=R.version.string)), digits=NA, auto_unbox=TRUE, pretty=TRUE), "rmsea_power.json")
writeLines(capture.output(sessionInfo()), "rmsea_power_session.txt")
