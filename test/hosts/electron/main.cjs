const { app } = require('electron');
const { Model } = require('dinomaly');

/** The main process scores; a window would ask it by ipcMain.handle. */
app.whenReady().then(async () => {
  const model = await Model.load(process.env.MODEL);
  console.log((await model.score(process.env.PICTURE)).score);
  app.quit();
});
