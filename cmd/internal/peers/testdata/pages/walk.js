// Drives the web pages in chromium: signs in, walks every page that links lead to, and fails on any violation of WCAG 2.1 A and AA
// that axe finds, on an error in the browser's console (the content security policy's too), and on a page wider than a phone. Then the flows.
// PAGES_URL, PAGES_USER and PAGES_PASSWORD say where and who; PAGES_FLOWS which flows; PAGES_SHOTS, if set, is a folder for screenshots.
"use strict";
const fs = require("fs");
const path = require("path");
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const base = process.env.PAGES_URL.replace(/\/$/, "");
const shots = process.env.PAGES_SHOTS;
const mostPages = 80;
const wide = { width: 1280, height: 900 }, narrow = { width: 320, height: 700 };
let broken = 0;

const wrong = (text) => { broken++; console.log("wrong " + text); };

// shape is an address without what differs between things of a kind.
const shape = (url) => {
  const u = new URL(url);
  const place = u.pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "ID").replace(/\/\d+/g, "/N");
  return place + "?" + [...new Set(u.searchParams.keys())].sort().join("&") + (u.searchParams.get("vis") || "");
};

async function examine(page, name) {
  await page.setViewportSize(wide);
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], resultTypes: ["violations"] }));
  for (const v of found.violations) {
    wrong(`${name}: ${v.id} (${v.help}): ${v.nodes.slice(0, 3).map((n) => n.target.join(" ") + " " + (n.failureSummary || "").replace(/\s+/g, " ").slice(0, 160)).join(" | ")}`);
  }
  const file = name.replace(/[^a-zæøå0-9]+/gi, "_").replace(/^_|_$/g, "") || "forside";
  if (shots) await page.screenshot({ path: path.join(shots, process.env.PAGES_USER + "-" + file + ".png"), fullPage: true });
  await page.setViewportSize(narrow);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  if (width > narrow.width) {
    const culprit = await page.evaluate((most) => [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > most + 1 && !e.closest(".scroll"))
      .slice(0, 3).map((e) => e.tagName + "." + e.className).join(", "), narrow.width);
    wrong(`${name}: ${width} wide at 320 (${culprit})`);
  }
  if (shots) await page.screenshot({ path: path.join(shots, process.env.PAGES_USER + "-" + file + "-320.png"), fullPage: true });
  await page.setViewportSize(wide);
}

async function walk(page) {
  const seen = new Set(), queue = [base + "/"];
  while (queue.length > 0 && seen.size < mostPages) {
    const url = queue.shift();
    if (seen.has(shape(url))) continue;
    seen.add(shape(url));
    const answer = await page.goto(url);
    if (answer.status() >= 400) wrong(`${url}: ${answer.status()}`);
    if (!(answer.headers()["content-type"] || "").startsWith("text/html")) continue;
    await examine(page, shape(page.url()));
    const links = await page.$$eval("a[href]", (all) => all.filter((a) => !a.hasAttribute("download")).map((a) => a.href.split("#")[0]));
    for (const to of links) {
      if (to.startsWith(base + "/") && !to.startsWith(base + "/koe/")) queue.push(to);
    }
  }
  console.log(`walked ${seen.size}`);
  for (const s of [...seen].sort()) console.log("page " + s);
}

// flows do what a person does. Each ends where it must.
const flows = {
  async week(page) {
    await page.goto(base + "/moeder/uge");
    await page.locator("input[name=vejleder]").first().check();
    await page.getByRole("button", { name: "Vis", exact: true }).click();
    await page.locator(".slots li.free").first().waitFor();
    const week = await page.locator("h1").innerText();
    await page.getByRole("link", { name: "Næste uge" }).click();
    if ((await page.locator("h1").innerText()) === week) wrong("week: the next week is the same");
    await page.locator(".slots li.busy").first().waitFor();
    await page.getByRole("link", { name: "Denne uge" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/dag=/);
    await page.getByRole("link", { name: "Vis som tabel" }).click();
    await page.locator("table tbody tr").first().waitFor();
    await examine(page, "flow-week-table");
  },
  async team(page) {
    await page.goto(base + "/moeder/uge");
    for (const box of (await page.locator("input[name=vejleder]").all()).slice(0, 3)) await box.check();
    await page.getByRole("button", { name: "Vis", exact: true }).click();
    await page.locator(".slots li").first().waitFor();
    await examine(page, "flow-team");
  },
  async whynot(page) {
    await page.goto(base + "/moeder/uge");
    await page.locator("input[name=vejleder]").first().check();
    await page.getByRole("button", { name: "Vis", exact: true }).click();
    await page.locator(".slots li.busy a").first().click();
    await page.waitForURL(/\/hvorfor/);
    await page.getByRole("button", { name: "Spørg" }).click(); // no option yet
    await page.locator("#fejl-tilbud").waitFor();
    await examine(page, "flow-whynot-wrong");
    await page.locator("#tilbud").selectOption({ index: 1 });
    await page.getByRole("button", { name: "Spørg" }).click();
    await page.locator(".why-list li").first().waitFor();
    await examine(page, "flow-whynot");
  },
  async shortage(page) {
    await page.goto(base + "/moeder/");
    await page.getByRole("link", { name: "Mangel på tider" }).click();
    await page.locator("#uger").selectOption("26");
    await page.getByRole("button", { name: "Vis", exact: true }).click();
    await page.waitForURL(/uger=26/);
    const weeks = await page.locator("thead").first().locator("th.num").count();
    if (weeks !== 26) wrong(`shortage: ${weeks} weeks, not 26`);
    await page.locator("td .badge").first().waitFor();
    await examine(page, "flow-shortage");
    await page.getByRole("button", { name: /^Indkald / }).first().click();
    if (!(await page.locator("#cpr").inputValue())) wrong("shortage: the summoning does not know the citizen");
    if (page.url().includes("?")) wrong("shortage: the citizen is in the address");
  },
  async history(page) {
    await page.goto(base + "/moeder/historik");
    await page.locator("#cpr").fill("0101901234");
    await page.getByRole("button", { name: "Vis historik" }).click();
    await page.getByText("Historik læst").first().waitFor();
    if (page.url().includes("0101901234")) wrong("history: the address has the number");
    await examine(page, "flow-history");
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Hent som CSV" }).click()]);
    if (file.suggestedFilename() !== "historik.csv") wrong(`history: ${file.suggestedFilename()}`);
  },
  async account(page) {
    await page.goto(base + "/moeder/medarbejdere/ny");
    await page.locator("#navn").fill("Prøve Person");
    await page.locator("#login").fill("proeve");
    await page.locator("#adgangskode").fill("fire tilfældige ord");
    await page.getByRole("button", { name: "Gem" }).click(); // no role yet
    await page.locator("#fejl-roller").waitFor();
    await examine(page, "flow-account-wrong");
    await page.locator("input[name=roller]").first().check();
    await page.locator("input[name=jobcentre]").first().check();
    await page.locator("#adgangskode").fill("fire tilfældige ord");
    await page.getByRole("button", { name: "Gem" }).click();
    await page.getByText("Brugeren er gemt.").waitFor();
    await examine(page, "flow-account");
  },
};

(async () => {
  const browser = await chromium.launch({ executablePath: process.env.PAGES_CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--disable-quic"] });
  const page = await (await browser.newContext({ locale: "da-DK", timezoneId: "Europe/Copenhagen" })).newPage();
  page.setDefaultTimeout(20000);
  page.on("console", (m) => { if (m.type() === "error" && !/status of 4\d\d/.test(m.text())) wrong(`${page.url()}: the browser says ${m.text()}`); });
  page.on("pageerror", (e) => wrong(`${page.url()}: ${e}`));
  try {
    await page.goto(base + "/");
    await examine(page, "login");
    await page.locator("#bruger").fill(process.env.PAGES_USER);
    await page.locator("#adgangskode").fill("forkert");
    await page.keyboard.press("Enter");
    await page.locator("#fejl").waitFor();
    await examine(page, "login-wrong");
    await page.locator("#adgangskode").fill(process.env.PAGES_PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Log ud" }).waitFor();
    console.log("ok login");
    await walk(page);
    for (const name of (process.env.PAGES_FLOWS || "").split(",").filter(Boolean)) {
      await flows[name](page);
      console.log("ok " + name);
    }
  } catch (e) {
    wrong(`${page.url()}: ${e}`);
  }
  await browser.close();
  process.exit(broken ? 1 : 0);
})();
