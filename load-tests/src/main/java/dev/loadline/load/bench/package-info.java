/**
 * What a scenario is given ({@link dev.loadline.load.bench.Bench}) and what it answers ({@link
 * dev.loadline.load.bench.Result}).
 */
package dev.loadline.load.bench;
