const { Model } = require('dinomaly');

Model.load(process.env.MODEL)
  .then((model) => model.score(process.env.PICTURE))
  .then(({ score }) => console.log(score));
