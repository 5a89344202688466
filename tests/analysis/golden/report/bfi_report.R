# Reference numbers for the report's statistics on tests/data/bfi/bfi.csv (2,800 real respondents, 25 items).
# Run in this folder: Rscript bfi_report.R   -> bfi_report.json. R is never needed to run the product or its tests.
library(psych); library(lavaan); library(semTools); library(jsonlite)
raw <- read.csv("../../../data/bfi/bfi.csv")
items <- names(raw)[1:25]; d <- raw[items]; names(d) <- tolower(items)
for (i in c("a1", "c4", "c5", "e1", "e2", "o2", "o5")) d[[i]] <- 7 - d[[i]]
scales <- list(agree = paste0("a", 1:5), consc = paste0("c", 1:5), extra = paste0("e", 1:5), neuro = paste0("n", 1:5), open = paste0("o", 1:5))
mat <- function(m) list(rows = rownames(m), cols = colnames(m), values = unname(as.matrix(m)))
out <- list()

# items: everybody who answered; skew and kurtosis type 2 (SPSS)
ds <- describe(d, type = 2)
out$items <- data.frame(item = rownames(ds), n = ds$n, mean = ds$mean, sd = ds$sd, skew = ds$skew, kurtosis = ds$kurtosis)

# reliability of each scale, complete cases of that scale
out$scales <- lapply(scales, function(v) {
  x <- na.omit(d[v]); a <- psych::alpha(x, check.keys = FALSE)
  al <- a$total$raw_alpha; n <- nrow(x); k <- length(v)
  model <- paste0("F =~ ", paste0("l", 1:k, "*", v, collapse = " + "), "\n", paste0(v, " ~~ t", 1:k, "*", v, collapse = "\n"),
    "\nomega := (", paste0("l", 1:k, collapse = "+"), ")^2/((", paste0("l", 1:k, collapse = "+"), ")^2+", paste0("t", 1:k, collapse = "+"), ")")
  f <- cfa(model, x, std.lv = TRUE); pe <- parameterEstimates(f); om <- pe[pe$op == ":=", ]
  list(n = n, alpha = al, feldt = c(1 - (1 - al) * qf(.975, n - 1, (n - 1) * (k - 1)), 1 - (1 - al) * qf(.025, n - 1, (n - 1) * (k - 1))),
    mean_r = a$total$average_r, item_rest = a$item.stats$r.drop, alpha_if_dropped = a$alpha.drop$raw_alpha,
    omega = om$est, omega_se = om$se, omega_lower = om$ci.lower, omega_upper = om$ci.upper,
    semtools_omega = unname(reliability(cfa(paste("F =~", paste(v, collapse = " + ")), x))["omega", 1]))
})

# dimensionality, complete cases
x <- na.omit(d); R <- cor(x); n <- nrow(x)
k <- KMO(R); b <- cortest.bartlett(R, n)
out$dimensionality <- list(n = n, kmo = k$MSA, kmo_items = as.list(k$MSAi), bartlett = list(chisq = b$chisq, df = b$df, p = b$p.value),
  eigenvalues = eigen(R)$values, map = vss(R, n = 10, n.obs = n, rotate = "varimax", fm = "pc", plot = FALSE)$map)
set.seed(20240501)
sim <- replicate(2000, eigen(cor(matrix(rnorm(n * 25), n)), only.values = TRUE)$values)
out$dimensionality$random_mean <- rowMeans(sim); out$dimensionality$random_p95 <- apply(sim, 1, quantile, .95, names = FALSE)
efa <- function(fm, rotate) { f <- fa(R, 5, n.obs = n, fm = fm, rotate = rotate); list(loadings = mat(unclass(f$loadings)), phi = if (is.null(f$Phi)) NULL else mat(f$Phi), uniquenesses = as.list(f$uniquenesses)) }
out$efa <- list(minres_oblimin = efa("minres", "oblimin"), ml_oblimin = efa("ml", "oblimin"), minres_varimax = efa("minres", "varimax"), minres_promax = efa("minres", "promax"))

# CFA, complete cases
five <- paste0(c("AGREE", "CONSC", "EXTRA", "NEURO", "OPEN"), " =~ ", sapply(scales, paste, collapse = " + "), collapse = "\n")
fits <- list(m1 = cfa(paste("G =~", paste(tolower(items), collapse = " + ")), x), m5 = cfa(five, x))
out$cfa <- lapply(fits, function(f) list(fit = as.list(fitMeasures(f, c("chisq", "df", "pvalue", "cfi", "tli", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "srmr", "aic", "bic"))),
  loadings = with(subset(standardizedSolution(f), op == "=~"), data.frame(lhs, rhs, std = est.std, se))))

# general factor above the five: omega hierarchical by its model-implied variance
second <- cfa(paste0(five, "\nG =~ AGREE + CONSC + EXTRA + NEURO + OPEN"), x)
out$second_order <- as.list(reliabilityL2(second, "G"))

# discriminant validity
h <- function(two) unclass(htmt(five, data = x, htmt2 = two, absolute = !two))
out$htmt <- mat(h(FALSE))

# Little's MCAR test from lavaan's EM moments (divisor n)
em <- lavInspect(lavCor(d, missing = "ml", output = "fit"), "sampstat"); mu <- as.numeric(em$mean); S <- em$cov
m <- as.matrix(d); pat <- apply(!is.na(m), 1, function(r) paste(as.integer(r), collapse = "")); d2 <- 0; df <- -25
for (p in unique(pat)) { o <- which(strsplit(p, "")[[1]] == "1"); rows <- m[pat == p, o, drop = FALSE]
  g <- colMeans(rows) - mu[o]; d2 <- d2 + nrow(rows) * drop(t(g) %*% solve(S[o, o], g)); df <- df + length(o) }
out$little <- list(chisq = d2, df = df, p = pchisq(d2, df, lower.tail = FALSE), patterns = length(unique(pat)))

out$versions <- c(R = R.version.string, sapply(c("psych", "lavaan", "semTools", "GPArotation"), function(p) as.character(packageVersion(p))))
writeLines(toJSON(out, auto_unbox = TRUE, digits = 15, na = "null", pretty = TRUE), "bfi_report.json")
sessionInfo()
